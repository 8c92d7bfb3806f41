/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-stream.h"

G_BEGIN_DECLS

/** bitket_stream_set_timing: before start; the tests have less patience than a door */
void bitket_stream_set_timing (BitketStream *self, guint silence_ms, guint first_ms, guint max_ms);

G_END_DECLS
