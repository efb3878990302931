"""Lists the packages of SVG Studio; pyproject.toml has everything else but cannot say that resources/ and docs/ become packages."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["svg_studio", "svg_studio.*"]), "svg_studio.resources", "svg_studio.docs"],
    package_dir={"svg_studio.resources": "resources", "svg_studio.docs": "docs"},
    package_data={"svg_studio.resources": ["**"], "svg_studio.docs": ["guide.md"]},
)
