"""Numbers: spellings, limits, weight, arithmetic and order."""

from decimal import Context, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynalite.errors import InvalidRequest, ValidationException
from dynalite.values import number
from tests.strategies import numbers, wire_numbers

WIDE = Context(prec=400)
"""Wide enough to hold any sum of two numbers exactly."""

PRECISE = "3.1415926535897932384626433832795028841"
LARGEST = "9.9999999999999999999999999999999999999E+125"


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("0", "0"),
        ("-0", "0"),
        ("+0.00", "0"),
        ("0e1000", "0"),
        ("0E-99999999999999999999", "0"),
        ("5", "5"),
        ("+5", "5"),
        ("-5", "-5"),
        (".5", "0.5"),
        ("-.5", "-0.5"),
        ("5.", "5"),
        ("1.e5", "100000"),
        ("1e+5", "100000"),
        ("1E5", "100000"),
        ("1e05", "100000"),
        ("15e-1", "1.5"),
        ("1.50", "1.5"),
        ("00042", "42"),
        ("0001.230", "1.23"),
        ("100", "100"),
        ("-17.4E3", "-17400"),
        ("1.000000000000000000000000000000000000000000000000000000000000", "1"),
        ("1000000000000000000000000000000000000000000000000000000000000", "1" + "0" * 60),
        ("0.000000000000000000000000000000000000000000000000000000000001", "0." + "0" * 59 + "1"),
        ("1E125", "1" + "0" * 125),
        ("-1E-130", "-0." + "0" * 129 + "1"),
        (LARGEST, "9" * 38 + "0" * 88),
        (PRECISE, PRECISE),
        ("1" + "0" * 200 + "e-200", "1"),
        ("0." + "0" * 199 + "1e200", "1"),
    ],
)
def test_a_number_is_stored_as_plain_decimal_without_idle_zeros(sent: str, stored: str) -> None:
    assert number.canonical(sent) == stored


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "-",
            "+",
            ".",
            "-.",
            "e",
            "e5",
            "+e2",
            ".e2",
            "1e",
            "1e+",
            "1e1.5",
            "1+2",
            "1.2.3",
            "--1",
            "+-1",
        ),
        *(
            " 1",
            "1 ",
            "1 0",
            "1\n",
            "\t1",
            "1_000",
            "1,5",
            "0x10",
            "NaN",
            "Infinity",
            "-Infinity",
            "dog",
            "٣",
        ),
    ],
)
def test_what_is_not_a_number_is_refused_with_its_own_text(text: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        number.canonical(text)
    assert refused.value.message == f"The parameter cannot be converted to a numeric value: {text}"


DIGITS = "Attempting to store more than 38 significant digits in a Number"
TOO_LARGE = "Number overflow. Attempting to store a number with magnitude larger than supported range"
TOO_SMALL = "Number underflow. Attempting to store a number with magnitude smaller than supported range"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (PRECISE + "9", DIGITS),
        ("1" * 39, DIGITS),
        ("1" + "0" * 37 + "1e-60", DIGITS),
        ("1e126", TOO_LARGE),
        ("-11e125", TOO_LARGE),
        ("1" + "0" * 126, TOO_LARGE),
        ("1e999999999", TOO_LARGE),
        ("1e" + "9" * 10_000, TOO_LARGE),
        ("1e-131", TOO_SMALL),
        ("0.9e-130", TOO_SMALL),
        ("-1e-999999999", TOO_SMALL),
        ("1e-" + "9" * 10_000, TOO_SMALL),
    ],
)
def test_numbers_beyond_the_limits_are_refused(text: str, message: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        number.canonical(text)
    assert refused.value.message == message


def test_a_megabyte_of_digits_is_answered_without_converting_it() -> None:
    # int() refuses more than 4,300 digits and is quadratic below that: the digits are never converted.
    assert number.canonical("0" * 1_000_000 + "7") == "7"
    assert number.canonical("0." + "0" * 1_000_000 + "1e1000001") == "1"
    with pytest.raises(InvalidRequest):
        number.canonical("7" * 1_000_000)


@given(wire_numbers())
def test_the_canonical_form_keeps_the_value(text: str) -> None:
    assert Decimal(number.canonical(text)) == Decimal(text)


@given(wire_numbers())
def test_the_canonical_form_is_its_own_canonical_form(text: str) -> None:
    stored = number.canonical(text)
    assert number.canonical(stored) == stored
    assert not set(stored) - set("-.0123456789")


@given(wire_numbers(), wire_numbers())
def test_equal_numbers_have_one_text(a: str, b: str) -> None:
    assert (number.canonical(a) == number.canonical(b)) == (Decimal(a) == Decimal(b))


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 1),
        ("1", 2),
        ("42", 2),
        ("100", 2),
        ("123", 3),
        ("-1", 3),
        ("-100", 3),
        ("1010", 3),
        ("0.5", 2),
        ("0.05", 2),
        ("0.0000001", 2),
        ("0.105", 3),
        ("1.5", 3),
        ("1.05", 3),
        ("-1.5", 4),
        ("100.5", 4),
        ("12.345", 4),
        ("1E125", 2),
        ("1E-130", 2),
        ("12345678901234567890123456789012345678", 20),
        ("-12345678901234567890123456789012345678", 21),
    ],
)
def test_a_number_weighs_a_byte_and_one_for_each_pair_of_digits_on_either_side(text: str, size: int) -> None:
    assert number.size_bytes(number.canonical(text)) == size


@given(numbers(), numbers())
def test_sums_and_differences_are_exact_or_refused(a: str, b: str) -> None:
    for operation, exact in (
        (number.add, WIDE.add(Decimal(a), Decimal(b))),
        (number.subtract, WIDE.subtract(Decimal(a), Decimal(b))),
    ):
        try:
            result = operation(a, b)
        except ValidationException:
            with pytest.raises(InvalidRequest):
                number.canonical(str(exact))
        else:
            assert result == number.canonical(str(exact))


@pytest.mark.parametrize(
    ("a", "b", "total"),
    [
        ("1", "10000000000000000000000", "10000000000000000000001"),
        ("0.1", "0.2", "0.3"),
        ("-0.5", "0.5", "0"),
        ("99.5", "0.5", "100"),
        ("9" * 37, "1", "1" + "0" * 37),
        ("9" * 38, "1", "1" + "0" * 38),
        ("1" + "0" * 125, "-1" + "0" * 125, "0"),
    ],
)
def test_addition(a: str, b: str, total: str) -> None:
    assert number.add(a, b) == total
    assert number.add(b, a) == total
    assert number.subtract(total, b) == a


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        (number.canonical("9e125"), number.canonical("9e125"), TOO_LARGE),
        (number.canonical(LARGEST), number.canonical("1e125"), TOO_LARGE),
        # These need more than 38 digits. The service calls that an overflow too.
        (number.canonical("1e50"), "1", TOO_LARGE),
        ("9" * 38, "2", TOO_LARGE),
        ("1", number.canonical("1e-38"), TOO_LARGE),
        (number.canonical("1.5e-130"), number.canonical("-1e-130"), TOO_SMALL),
    ],
)
def test_a_sum_that_is_no_number_is_refused_for_the_item_and_not_for_the_request(
    a: str, b: str, message: str
) -> None:
    with pytest.raises(ValidationException) as refused:
        number.add(a, b)
    assert refused.value.message == message
    assert not isinstance(refused.value, InvalidRequest)


@given(numbers(), numbers())
def test_comparison_is_by_value(a: str, b: str) -> None:
    x, y = Decimal(a), Decimal(b)
    assert number.compare(a, b) == (x > y) - (x < y)
    assert number.compare(a, a) == 0


def test_numbers_that_differ_in_the_38th_digit_only_are_told_apart() -> None:
    assert number.compare("1" * 37 + "1", "1" * 37 + "2") == -1


@given(st.text("0123456789.eE+-", max_size=12))
def test_any_text_is_either_read_as_decimal_reads_it_or_refused(text: str) -> None:
    try:
        expected = Decimal(text)
    except ArithmeticError:
        expected = None
    try:
        stored = number.canonical(text)
    except InvalidRequest as refused:
        is_number = not refused.message.startswith("The parameter")
        assert is_number == (expected is not None)
    else:
        assert expected is not None
        assert Decimal(stored) == expected
