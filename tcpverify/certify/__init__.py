"""Certificates: written, and checked again by two solvers with nothing taken from any engine."""
