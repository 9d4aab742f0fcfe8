"""The steps of the pipeline: plain functions from a frame to a frame, none of which knows another."""
