"""Lists the packages of SVG Studio; pyproject.toml has everything else but cannot say that resources/ becomes a package."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["svg_studio", "svg_studio.*"]), "svg_studio.resources"],
    package_dir={"svg_studio.resources": "resources"},
    package_data={"svg_studio.resources": ["**"]},
)
