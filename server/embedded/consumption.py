"""What was consumed, as rows: one for each operation on each table and index."""

from dataclasses import dataclass

from dynalite.capacity.figures import Figures
from dynalite.database import Database
from dynalite.settings import PriceTable


@dataclass(frozen=True, slots=True)
class Consumption:
    """`index` is empty for the table itself. Units are capacity units."""

    region: str
    table: str
    index: str
    operation: str
    figures: Figures

    def price(self, table: PriceTable) -> float:
        """The price on demand, whatever the table's billing mode, in the currency of the price table."""
        prices = table.of(self.region)
        reads = self.figures.read_units * prices.million_reads
        return (reads + self.figures.write_units * prices.million_writes) / 1e6


def consumption(database: Database) -> list[Consumption]:
    """Every row that something was counted in. Background work is nobody's consumption."""
    return [
        Consumption(account.table.region, account.table.name, index, operation, series.total())
        for account in database.capacity.accounts.values()
        for (index, operation), series in account.series.items()
        if operation
    ]
