/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define BITKET_RESOURCE_BASE "/se/bitket/Bitket"

/** bitket_app_resources_load: templates, styles and icons, once a process. A static library's own
 * constructors are dropped by the linker when nobody asks for them; this asks. */
void bitket_app_resources_load (void);

G_END_DECLS
