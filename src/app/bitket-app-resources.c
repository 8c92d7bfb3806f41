/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket"

#include "bitket-app-resources.h"

#include "bitket-icons.h"
#include "bitket-ui.h"

void
bitket_app_resources_load (void)
{
  g_assert (bitket_icons_get_resource () != NULL);
  g_assert (bitket_ui_get_resource () != NULL);
}
