"""Scheduling: machines, shops, projects and power plants."""
