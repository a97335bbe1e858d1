using PerfDash.Core;

namespace PerfDash.Tests.Time;

public sealed class TimeZonesTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    [Theory]
    [InlineData("UTC", true)]
    [InlineData("GMT", true)]
    [InlineData("Etc/UTC", true)]
    [InlineData("Europe/Berlin", true)]
    [InlineData("America/Argentina/Buenos_Aires", true)]
    [InlineData("Etc/GMT+5", true)]
    [InlineData("Japan", true)]
    [InlineData("", false)]
    [InlineData("EST", true)]
    [InlineData("CET", true)]
    [InlineData("EST5EDT", true)]
    [InlineData("NZ", true)]
    [InlineData("W-SU", true)]
    [InlineData("US/Eastern", true)]
    [InlineData("BST", false)]
    [InlineData("CEST", false)]
    [InlineData("UTC+12", false)]
    [InlineData("EST5", false)]
    [InlineData("UTC+3", false)]
    [InlineData("utc", false)]
    [InlineData("europe/berlin", false)]
    [InlineData("Europe/Atlantis", false)]
    [InlineData("Europe/Berlin\0", false)]
    [InlineData("posix/Europe/Berlin", false)]
    [InlineData("right/Europe/Berlin", false)]
    [InlineData("/etc/localtime", false)]
    [InlineData("Europe/../Europe/Berlin", false)]
    [InlineData("Pacific Standard Time", false)]
    public void Only_a_zone_by_its_IANA_name_is_known(string name, bool known) => Assert.Equal(known, TimeZones.IsKnown(name));

    [Fact]
    public async Task The_database_knows_every_zone_as_this_program_does()
    {
        string[] known = [.. TimeZoneInfo.GetSystemTimeZones().Select(z => z.Id).Where(TimeZones.IsKnown)];
        known = [.. known.Union(["EST", "MST", "HST", "CET", "MET", "EET", "WET", "EST5EDT", "PST8PDT", "Zulu", "NZ", "US/Eastern"])];
        Assert.True(known.Length > 300);
        // In summer, when a name mistaken for an abbreviation would be an hour off.
        await using var command = database.DataSource.CreateCommand(
            "SELECT z, extract(epoch FROM TIMESTAMP '2024-07-01 12:00' AT TIME ZONE named)::int8 FROM unnest($1, $2) AS t(z, named)");
        command.Parameters.Add(new() { Value = known });
        command.Parameters.Add(new() { Value = known.Select(TimeZones.ForDatabase).ToArray() });
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
        {
            var zone = TimeZoneInfo.FindSystemTimeZoneById(reader.GetString(0));
            var noon = TimeZoneInfo.ConvertTimeToUtc(new DateTime(2024, 7, 1, 12, 0, 0), zone);
            Assert.Equal((zone.Id, noon), (zone.Id, DateTimeOffset.FromUnixTimeSeconds(reader.GetInt64(1)).UtcDateTime));
        }
    }
}
