/* SPDX-License-Identifier: MIT */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/** screenshots_save: @window as it looks now, as DIRECTORY/NAME.png */
void screenshots_save (GtkWidget *window, const char *directory, const char *name);

G_END_DECLS
