"""Everything that is not a widget: it knows no screen."""
