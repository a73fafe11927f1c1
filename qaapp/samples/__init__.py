"""The shipped sample calls as ordinary data of a workspace, and their removal without a trace."""

from qaapp.samples.installing import SampleSummary, install_samples, samples_installed
from qaapp.samples.removal import remove_samples

__all__ = ["SampleSummary", "install_samples", "remove_samples", "samples_installed"]
