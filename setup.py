"""The packages of SVG Studio; all else is in pyproject.toml, which cannot say that resources/ becomes one of them."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["svg_studio", "svg_studio.*"]), "svg_studio.resources"],
    package_dir={"svg_studio.resources": "resources"},
    package_data={"svg_studio.resources": ["**"]},
)
