"""The report of a run as one document: its content, and the writers of DOCX, HTML and PDF."""

from forecast.report.document.written import FORMATS, write_report

__all__ = ["FORMATS", "write_report"]
