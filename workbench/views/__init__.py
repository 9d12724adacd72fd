"""The browser workbench: Gradio wiring around plain functions."""
