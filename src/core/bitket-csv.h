/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Tables as spreadsheets write them: RFC 4180, with any of , ; and TAB between the cells. */

/**
 * bitket_csv_decode:
 * @data: UTF-8 with or without a byte order mark, or UTF-16 with one, as Excel's "Unicode text" is
 *
 * Errors: SYNTAX for anything else, Latin-1 above all, and for NUL. Returns: (transfer full): UTF-8
 */
char *bitket_csv_decode (gconstpointer data, gsize len, GError **error);

/** bitket_csv_guess_delimiter: the one of TAB ; , that the first line has most of outside quotes;
 * ',' when it has none */
char bitket_csv_guess_delimiter (const char *text);

/**
 * bitket_csv_parse:
 * @max_rows: more of them are LIMIT
 *
 * Lines end in CR LF, LF or CR; the last may do without. Cells in quotes may hold delimiters, line
 * ends and doubled quotes; a quote within a cell that does not begin with one stands for itself.
 * Rows may differ in length; an empty line is a row with one empty cell. Errors: SYNTAX, which
 * names row and column, when a quote is not closed or something stands behind it. Returns:
 * (transfer full) (element-type GStrv): the rows
 */
GPtrArray *bitket_csv_parse (const char *text, char delimiter, guint max_rows, GError **error);

G_END_DECLS
