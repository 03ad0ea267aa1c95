using Sanctum.Cli.Secrets;

namespace Sanctum.Cli.Scans;

/// <summary>
/// Looks for secrets in a text that may be long: part by part, with as much of what came before as a secret can be long. So memory is bounded,
/// and a secret on the border of two parts is found once.
/// </summary>
/// <param name="reader">The text.</param>
internal sealed class TextSearch(TextReader reader)
{
    private const int Part = 256 * 1024;

    /// <summary>What was found, in order of line within each part.</summary>
    public IEnumerable<Finding> Find()
    {
        var buffer = new char[Part + (2 * SecretShapes.Longest)];
        var (length, from, line) = (0, 0, 1); // From: where what has not been searched begins. Line: the one of the buffer's start.
        while (true)
        {
            var read = reader.ReadBlock(buffer, length, buffer.Length - length);
            length += read;
            var isEnd = length < buffer.Length;
            var to = isEnd ? length : length - SecretShapes.Longest;
            foreach (var finding in Search(new string(buffer, 0, length), from, to, line))
            {
                yield return finding;
            }

            if (isEnd)
            {
                yield break;
            }

            var kept = Math.Max(0, to - SecretShapes.Longest);
            line += buffer.AsSpan(0, kept).Count('\n');
            buffer.AsSpan(kept, length - kept).CopyTo(buffer);
            (from, length) = (to - kept, length - kept);
        }
    }

    // Begins of secrets between the two places. Of two kinds at one place the first one counts.
    private static List<Finding> Search(string text, int from, int to, int line)
    {
        var found = new SortedDictionary<int, (string Kind, string Secret, int End)>();
        foreach (var shape in SecretShapes.All)
        {
            for (var match = shape.Pattern.Match(text); match.Success; match = match.NextMatch())
            {
                var secret = SecretShape.SecretIn(match);
                if (match.Index >= from && match.Index < to && shape.Confirms(text, match) && !found.Values.Any(it => secret.Index < it.End && secret.Index + secret.Length > it.End - it.Secret.Length))
                {
                    found[secret.Index] = (shape.Kind, secret.Value, secret.Index + secret.Length);
                }
            }
        }

        var (all, at) = (new List<Finding>(), 0);
        foreach (var (index, (kind, secret, _)) in found)
        {
            line += text.AsSpan(at, index - at).Count('\n');
            at = index;
            all.Add(Finding.Of(line, kind, secret));
        }

        return all;
    }
}
