using System.Text.RegularExpressions;

namespace Sanctum.Architecture.Tests;

/// <summary>docs/threat-model.md names the test that keeps each rule: a test that was renamed or removed takes its rule's proof along.</summary>
public sealed partial class ThreatModelTests
{
    [Fact]
    public void Every_test_that_the_threat_model_names_is_there()
    {
        var named = TestNames.Matches(Repository.Text("docs/threat-model.md")).Select(match => match.Groups["name"].Value).Distinct().ToList();
        var tests = string.Concat(Repository.Files("test", ".cs").Select(Repository.Text));
        Assert.NotEmpty(named);
        Assert.DoesNotContain(named, name => !tests.Contains($" {name}(", StringComparison.Ordinal));
    }

    [GeneratedRegex("`(?<name>[A-Z][A-Za-z0-9]*_[A-Za-z0-9_]+)`")]
    private static partial Regex TestNames { get; }
}
