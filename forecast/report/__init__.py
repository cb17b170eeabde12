"""What a planner takes away: figures and the workbook. Drawing libraries are imported late."""
