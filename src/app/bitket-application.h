/* SPDX-License-Identifier: MIT */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* The program. Options: --sample opens the sample event at once, --door its entry mode.
 * Actions: app.quit, app.about. */
#define BITKET_TYPE_APPLICATION (bitket_application_get_type ())
G_DECLARE_FINAL_TYPE (BitketApplication, bitket_application, BITKET, APPLICATION, AdwApplication)

BitketApplication *bitket_application_new (void);

G_END_DECLS
