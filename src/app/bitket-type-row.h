/* SPDX-License-Identifier: MIT */
#pragma once

#include <gtk/gtk.h>

#include "bitket-figure.h"

G_BEGIN_DECLS

/* A ticket type with what is sold of it. Property: figure (BitketFigure, construct-only). */
#define BITKET_TYPE_TYPE_ROW (bitket_type_row_get_type ())
G_DECLARE_FINAL_TYPE (BitketTypeRow, bitket_type_row, BITKET, TYPE_ROW, GtkListBoxRow)

GtkWidget *bitket_type_row_new (BitketFigure *figure);

G_END_DECLS
