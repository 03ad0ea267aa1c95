using System.Text;

namespace Sanctum.Cli.Terminals;

/// <summary>How text may look: in colour or not, and never able to drive a terminal.</summary>
internal static class Style
{
    /// <summary>See no-color.org; a dumb terminal can't move its cursor either.</summary>
    public static bool IsPlain =>
        !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) || Environment.GetEnvironmentVariable("TERM") is "dumb";

    /// <summary>
    /// The text with every control character but the line feed shown as <c>\xNN</c>. An agent chooses the name that it fails
    /// to sign in with, and that name is in the audit log that an operator reads.
    /// </summary>
    public static string Clean(string text)
    {
        if (!text.Any(IsDangerous))
        {
            return text;
        }

        var clean = new StringBuilder(text.Length + 8);
        foreach (var c in text)
        {
            _ = IsDangerous(c) ? clean.Append("\\x").Append(((int)c).ToString("x2")) : clean.Append(c);
        }

        return clean.ToString();
    }

    // C0 and C1 controls, and the marks that reorder what is read (Unicode UAX 9).
    private static bool IsDangerous(char c) =>
        (char.IsControl(c) && c != '\n') || c is (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069');
}
