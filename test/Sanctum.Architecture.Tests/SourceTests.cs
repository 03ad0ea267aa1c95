namespace Sanctum.Architecture.Tests;

/// <summary>What source files may not hold, and how long they get.</summary>
public sealed class SourceTests
{
    private const int LongestFile = 300;

    [Fact]
    public void Nothing_that_ships_is_left_unwritten()
    {
        var shipped = Repository.Files(string.Empty, ".cs").Where(path => !path.StartsWith("test/", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(shipped);
        Assert.DoesNotContain(shipped, path => Repository.Text(path).Contains("NotImplementedException", StringComparison.Ordinal));
    }

    [Fact]
    public void No_source_file_is_longer_than_can_be_read_at_once()
    {
        var tooLong = Repository.Files("src", ".cs")
            .Select(path => (Path: path, Lines: Repository.Text(path).AsSpan().Count('\n')))
            .Where(file => file.Lines > LongestFile);
        Assert.Empty(tooLong);
    }
}
