import pytest
from hypothesis import given, strategies as st

from _fastpath import dependency
from tests.fastpath.strategies import damaged, every_cut, untimed
from tests.fuzz.seeds import DEPENDENCY_KEY, SEEDS
from tests.fuzz.targets import fuzz_dependency
from tests.oracle.dependency import Structure, Template, mandatory, structure_bits, write_bits


@untimed
@given(damaged("dependency"))
def test_agrees_with_its_twin(data: bytes) -> None:
    fuzz_dependency(data)


@pytest.mark.parametrize("data", SEEDS["dependency"])
def test_agrees_with_its_twin_at_every_cut(data: bytes) -> None:
    for piece in [*every_cut(data), data, data + b"\xff" * 3]:
        fuzz_dependency(piece)


@st.composite
def structures(draw: st.DrawFn) -> Structure:
    targets = draw(st.integers(1, 32))
    templates = [Template(0, 0)]
    for step in draw(st.lists(st.integers(0, 2), max_size=63)):
        last = templates[-1]
        if step == 1 and last.temporal < 7:
            templates.append(Template(last.spatial, last.temporal + 1))
        elif step == 2 and last.spatial < 3:
            templates.append(Template(last.spatial + 1, 0))
        elif step == 0:
            templates.append(Template(last.spatial, last.temporal))
    for template in templates:
        template.indications = draw(st.lists(st.integers(0, 3), min_size=targets, max_size=targets))
    return Structure(draw(st.integers(0, 63)), targets, templates)


@untimed
@given(structures(), st.data())
def test_what_was_announced_is_read(structure: Structure, data: st.DataObject) -> None:
    reader = dependency.Reader()
    key = mandatory(structure.offset, 1) + "10000" + structure_bits(structure)
    assert reader.parse(write_bits(key)) is not None
    index = data.draw(st.integers(0, len(structure.templates) - 1))
    found = reader.parse(write_bits(mandatory((structure.offset + index) % 64, 2)))
    assert found is not None
    template = structure.templates[index]
    assert (found["spatial"], found["temporal"]) == (template.spatial, template.temporal)
    assert [found["switches"] >> target & 1 for target in range(structure.targets)] == [
        int(value == 2) for value in template.indications
    ]


def test_no_frame_before_a_structure() -> None:
    assert dependency.Reader().parse(write_bits(mandatory(60, 1))) is None


def test_a_template_that_was_not_announced() -> None:
    reader = dependency.Reader()
    assert reader.parse(DEPENDENCY_KEY) is not None
    assert reader.parse(write_bits(mandatory(59, 2))) is None
    assert reader.parse(write_bits(mandatory(0, 2))) is None
    assert reader.parse(write_bits(mandatory(63, 2))) is not None


def test_a_broken_structure_leaves_the_old_one() -> None:
    reader = dependency.Reader()
    assert reader.parse(DEPENDENCY_KEY) is not None
    layers = reader.target_layers
    assert reader.parse(DEPENDENCY_KEY[:-2]) is None
    assert reader.target_layers == layers == [(0, 0), (0, 1), (0, 2)]
    assert reader.parse(write_bits(mandatory(61, 2))) is not None
