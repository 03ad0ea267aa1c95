using Sanctum.Cli.Terminals;

namespace Sanctum.Cli.Tests;

public sealed class TableTests
{
    private const string Id = "17dc02a32c09e28a018ceac5ac644cb9";
    private static readonly string[] Columns = ["ID", "ACTION", "TAGS", "ASKED"];
    private static readonly List<string?[]> Rows = [[Id, "use sign", null, "2026-11-23 13:32:10 +00:00"], ["2", "retrieve", "", "2026-11-24 13:32:10 +00:00"]];

    [Fact]
    public void Redirected_a_row_is_a_line_however_long_and_all_columns_are_there() => Assert.Equal(
        $"""
         ID                                ACTION    TAGS  ASKED
         {Id}  use sign        2026-11-23 13:32:10 +00:00
         2                                 retrieve        2026-11-24 13:32:10 +00:00

         """, Tables.Render(Columns, Rows, width: null));

    [Fact]
    public void Empty_columns_are_left_out_on_a_terminal() => Assert.Equal(
        $"""
         ID                                ACTION    ASKED
         {Id}  use sign  2026-11-23 13:32:10 +00:00
         2                                 retrieve  2026-11-24 13:32:10 +00:00

         """, Tables.Render(Columns, Rows, width: 80));

    [Theory]
    [InlineData(74)]
    [InlineData(65)]
    [InlineData(60)]
    [InlineData(56)]
    public void Words_stay_whole_on_a_narrow_terminal(int width)
    {
        var lines = Tables.Render(Columns, Rows, width).Split('\n');

        Assert.All(lines, line => Assert.True(line.Length <= width, line));
        Assert.Contains(lines, line => line.StartsWith($"{Id}  ", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.EndsWith("+00:00", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_row_is_a_block_where_words_do_not_fit() => Assert.Equal(
        $"""
         ID      {Id}
         ACTION  use sign
         ASKED   2026-11-23 13:32:10 +00:00

         ID      2
         ACTION  retrieve
         ASKED   2026-11-24 13:32:10 +00:00

         """, Tables.Render(Columns, Rows, width: 45));

    [Fact]
    public void A_very_long_word_may_be_broken() => Assert.All(
        Tables.Render(["URL", "N"], [[new string('u', 100), "1"]], width: 60).Split('\n'), line => Assert.True(line.Length <= 60, line));
}
