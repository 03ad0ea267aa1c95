using System.Buffers;

namespace Sanctum.Text;

/// <summary>
/// The one spelling of a host that is accepted where hosts are listed: lower-case letters, digits and inner hyphens, in labels of
/// 1 to 63 joined by dots, at most 253 in all (RFC 1123, section 2.1). Other scripts are written as punycode, so that two
/// names that look alike can't be confused.
/// </summary>
internal static class HostName
{
    private const int MaxLength = 253;
    private const int MaxLabelLength = 63;

    private static readonly SearchValues<char> Allowed = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-.");

    public static bool IsValid(string text)
    {
        if (text.Length is 0 or > MaxLength || text.AsSpan().ContainsAnyExcept(Allowed))
        {
            return false;
        }

        foreach (var range in text.AsSpan().Split('.'))
        {
            var label = text.AsSpan(range);
            if (label.Length is 0 or > MaxLabelLength || label[0] == '-' || label[^1] == '-')
            {
                return false;
            }
        }

        return true;
    }
}
