/* SPDX-License-Identifier: MIT */
#define G_LOG_DOMAIN "bitket-core"

#include "bitket-records.h"

BITKET_DEFINE_RECORD (BitketOrganization, bitket_organization)
BITKET_DEFINE_RECORD (BitketMembership, bitket_membership)
BITKET_DEFINE_RECORD (BitketEvent, bitket_event)
BITKET_DEFINE_RECORD (BitketTicketType, bitket_ticket_type)
BITKET_DEFINE_RECORD (BitketVariation, bitket_variation)
BITKET_DEFINE_RECORD (BitketVariationChoice, bitket_variation_choice)
BITKET_DEFINE_RECORD (BitketStudentUnion, bitket_student_union)
BITKET_DEFINE_RECORD (BitketCondition, bitket_condition)
BITKET_DEFINE_RECORD (BitketModifier, bitket_modifier)
BITKET_DEFINE_RECORD (BitketAccessCode, bitket_access_code)
BITKET_DEFINE_RECORD (BitketUser, bitket_user)
BITKET_DEFINE_RECORD (BitketTicket, bitket_ticket)
BITKET_DEFINE_RECORD (BitketTicketOwnership, bitket_ticket_ownership)
BITKET_DEFINE_RECORD (BitketTransaction, bitket_transaction)
