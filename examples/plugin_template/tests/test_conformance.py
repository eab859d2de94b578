from tamemip_staffing import StaffingFamily

import tamemip as tm
from tamemip.testing import parametrize_with_checks


@parametrize_with_checks(StaffingFamily())
def test_the_family_conforms(check, family):
    check(family)


def test_the_family_is_found_by_its_name():
    assert type(tm.family("staffing")) is StaffingFamily
