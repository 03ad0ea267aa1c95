namespace Sanctum.Cli.CommandLine;

/// <summary>Which known word was meant by one that is not known.</summary>
internal static class Spelling
{
    /// <summary>The nearest word, or null when none is near: a third of the letters may be wrong, and at least two.</summary>
    public static string? Nearest(string word, IEnumerable<string> known)
    {
        var allowed = Math.Max(2, word.Length / 3);
        return known
            .Select(candidate => (candidate, distance: Distance(word, candidate)))
            .Where(it => it.distance <= allowed && it.distance < it.candidate.Length)
            .OrderBy(it => it.distance)
            .ThenBy(it => it.candidate, StringComparer.Ordinal)
            .Select(it => it.candidate)
            .FirstOrDefault();
    }

    // Optimal string alignment: insertions, deletions, substitutions, and neighbours swapped (the commonest slip) count one each.
    internal static int Distance(string a, string b)
    {
        var rows = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            rows[i, 0] = i;
        }

        for (var j = 0; j <= b.Length; j++)
        {
            rows[0, j] = j;
        }

        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var substituted = rows[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                rows[i, j] = Math.Min(substituted, Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
                }
            }
        }

        return rows[a.Length, b.Length];
    }
}
