namespace Sanctum.Mcp.Wrapping.Pins;

/// <summary>What has to be taken out of some lines, and put in, to make them others: with the fewest lines (Myers 1986 calls it the shortest edit script; here by its table).</summary>
public static class LineDiff
{
    // Its table has the square of this.
    private const int Longest = 2000;

    /// <summary>Compares.</summary>
    /// <returns>All lines: those that stay begin with a space, those that go with <c>-</c>, those that come with <c>+</c>.</returns>
    public static IReadOnlyList<string> Between(IReadOnlyList<string> before, IReadOnlyList<string> after)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        if (before.Count > Longest || after.Count > Longest)
        {
            return [.. before.Select(line => "-" + line), .. after.Select(line => "+" + line)];
        }

        // common[i, j]: how many lines the rest of both from i and j on have in common, in order.
        var common = new int[before.Count + 1, after.Count + 1];
        for (var i = before.Count - 1; i >= 0; i--)
        {
            for (var j = after.Count - 1; j >= 0; j--)
            {
                common[i, j] = before[i] == after[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
            }
        }

        var lines = new List<string>();
        var (from, to) = (0, 0);
        while (from < before.Count || to < after.Count)
        {
            if (from < before.Count && to < after.Count && before[from] == after[to])
            {
                lines.Add(" " + before[from++]);
                to++;
            }
            else if (to == after.Count || (from < before.Count && common[from + 1, to] >= common[from, to + 1]))
            {
                lines.Add("-" + before[from++]);
            }
            else
            {
                lines.Add("+" + after[to++]);
            }
        }

        return lines;
    }
}
