using System.Text.RegularExpressions;

namespace Sanctum.Architecture.Tests;

/// <summary>The dashboard and the alert rules use names of docs/telemetry.md, as Prometheus has them.</summary>
public sealed partial class TelemetryDocumentTests
{
    [Theory]
    [InlineData("packaging/telemetry/grafana-dashboard.json")]
    [InlineData("packaging/telemetry/prometheus-alerts.yml")]
    public void Every_name_is_that_of_a_measurement(string file)
    {
        var known = Rows().Matches(Repository.Text("docs/telemetry.md")).SelectMany(Names).ToHashSet(StringComparer.Ordinal);
        var used = Used().Matches(Repository.Text(file)).Select(match => match.Value).Distinct().ToList();
        Assert.True(used.Count >= 3, $"only {used.Count} names were found");
        Assert.Empty(used.Except(known));
    }

    // Dots become underscores, a unit is a suffix, and so is what a kind adds.
    private static IEnumerable<string> Names(Match row)
    {
        var name = row.Groups["name"].Value.Replace('.', '_') + (row.Groups["unit"].Value == "s" ? "_seconds" : "");
        string[] suffixes = row.Groups["kind"].Value switch { "histogram" => ["_bucket", "_count", "_sum"], "counter" => ["_total"], _ => [""] };
        return suffixes.Select(suffix => name + suffix);
    }

    [GeneratedRegex(@"^\| `(?<name>[\w.]+)` \| `Sanctum\.\w+` \| (?<kind>[\w -]+?) \| ?(?<unit>[^|\s]*) \|", RegexOptions.Multiline)]
    private static partial Regex Rows();

    [GeneratedRegex(@"\b(?:sanctum|rpc|http)_\w+(?=[\[{)])(?!\)[ ]*\(rate)")]
    private static partial Regex Used();
}
