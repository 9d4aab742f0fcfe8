"""What a user holds of a finished run: questions, measures, exports, the report."""
