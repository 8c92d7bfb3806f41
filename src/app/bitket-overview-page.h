/* SPDX-License-Identifier: MIT */
#pragma once

#include <adwaita.h>

#include "bitket-overview.h"

G_BEGIN_DECLS

/* The key figures of an event. Property: overview (BitketOverview). */
#define BITKET_TYPE_OVERVIEW_PAGE (bitket_overview_page_get_type ())
G_DECLARE_FINAL_TYPE (BitketOverviewPage, bitket_overview_page, BITKET, OVERVIEW_PAGE, AdwBin)

void bitket_overview_page_set_overview (BitketOverviewPage *self, BitketOverview *overview);

G_END_DECLS
