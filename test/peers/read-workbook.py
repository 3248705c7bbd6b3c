"""Prints a workbook as openpyxl reads it: {sheet: [[type, value, number format, bold], ...] a row}."""
import json
import sys
import warnings

# A warning ("no default style") is a fault of the file.
warnings.simplefilter("error")
import openpyxl  # noqa: E402

book = openpyxl.load_workbook(sys.argv[1])
print(json.dumps({
    "frozen": [sheet.freeze_panes for sheet in book],
    "sheets": {
        sheet.title: [
            [[cell.data_type, str(cell.value), cell.number_format, cell.font.bold] if cell.value is not None else None for cell in row]
            for row in sheet.iter_rows()
        ]
        for sheet in book
    },
}))
