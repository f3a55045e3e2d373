"""Type flags (table 3): what a data unit speaks of, and which way it goes."""

from enum import IntEnum


class TypeFlag(IntEnum):
    """The flags that the 2011 edition defines. Others are reserved, from 128 on a vendor's own."""

    SYSTEM_STATE = 1
    PART_STATE = 2
    PART_READING = 3
    SYSTEM_OPERATION = 4
    SYSTEM_VERSION = 5
    SYSTEM_TEXT = 6
    PART_TEXT = 7
    SYSTEM_TIME = 8
    DEVICE_STATE = 21
    DEVICE_OPERATION = 24
    DEVICE_VERSION = 25
    DEVICE_TEXT = 26
    DEVICE_TIME = 28
    ASK_SYSTEM_STATE = 61
    ASK_PART_STATE = 62
    ASK_PART_READING = 63
    ASK_SYSTEM_OPERATIONS = 64
    ASK_SYSTEM_VERSION = 65
    ASK_SYSTEM_TEXT = 66
    ASK_PART_TEXT = 67
    ASK_SYSTEM_TIME = 68
    ASK_DEVICE_STATE = 81
    ASK_DEVICE_OPERATIONS = 84
    ASK_DEVICE_VERSION = 85
    ASK_DEVICE_TEXT = 86
    ASK_DEVICE_TIME = 88
    INITIALISE = 89
    SET_CLOCK = 90
    DUTY_CHECK = 91
