using System.Text.Json.Nodes;

namespace Sanctum.Architecture.Tests;

/// <summary>The flaws that the task <c>history-flaws</c> puts in: each changes one place that is there.</summary>
public sealed class HistoryFlawsTests
{
    [Fact]
    public void Each_flaw_changes_one_place_of_the_code()
    {
        var flaws = JsonNode.Parse(Repository.Text("test/Sanctum.Storage.Postgres.Tests/History/flaws.json"))!.AsArray();
        Assert.NotEmpty(flaws);
        Assert.All(flaws, flaw => Assert.Equal(2, Repository.Text((string)flaw!["file"]!).Split((string)flaw["line"]!).Length));
    }
}
