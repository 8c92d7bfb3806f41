/* SPDX-License-Identifier: MIT */
#pragma once

#include "bitket-refund.h"

G_BEGIN_DECLS

/* What reading and placing an order share. */

#define MEMBER_AMOUNT     "amount"
#define MEMBER_OWNERSHIPS "ticket_ownerships"
#define MEMBER_REASON     "reason"
#define MEMBER_VOIDS      "void_tickets"

/** bitket_refund_refuse_field, bitket_refund_refuse: set @reply. Returns: %FALSE */
gboolean bitket_refund_refuse_field (BitketReply **reply, const char *field, const char *text);
gboolean bitket_refund_refuse (BitketReply **reply, guint status, const char *text);
/** bitket_refund_order_names: whether the ticket is among those that are named */
gboolean bitket_refund_order_names (const BitketRefundOrder *order, const char *ownership);

G_END_DECLS
