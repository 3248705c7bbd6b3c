"""Writes a list as openpyxl does: write-workbook.py PATH."""
import datetime
import sys

import openpyxl

book = openpyxl.Workbook()
sheet = book.active
sheet.title = "Kunder"
sheet.append(["Kundnr", "Mobil", "Född", "Besök", "Tid", "Aktiv", "Poäng", "Summa"])
sheet.append(["K1", 46701740605, datetime.date(1980, 5, 17), datetime.datetime(2024, 5, 17, 14, 30), datetime.time(8, 15), True, 12.5, "=1+1"])
sheet.append(["Å & <2>", "0701740606", None, None, None, False, -3, None])
sheet["B4"] = 701740607
sheet["B4"].number_format = "0000000000"
sheet["A4"] = "K3"
book.create_sheet("Gamla").sheet_state = "hidden"
book.save(sys.argv[1])
