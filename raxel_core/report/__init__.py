"""What a person looks at: plots of camera paths, tables, and the page that shows a run."""

from .plot import plot_trajectory
