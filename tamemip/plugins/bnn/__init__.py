"""Binarized neural networks: trained, proved, differentiated."""
