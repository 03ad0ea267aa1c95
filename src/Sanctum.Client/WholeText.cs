using System.Text;

namespace Sanctum.Client;

/// <summary>
/// Refuses text with half a character (a lone surrogate) in it. The JSON writer would put U+FFFD in its place, and then another
/// name would be asked for, or another text signed, than the caller's.
/// </summary>
internal static class WholeText
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static string Check(string value, string name)
    {
        try
        {
            _ = Strict.GetByteCount(value);
            return value;
        }
        catch (EncoderFallbackException half)
        {
            throw new ArgumentException("the text has half a character in it (a lone surrogate)", name, half);
        }
    }

    /// <summary>The same for what also may not be empty.</summary>
    public static string CheckName(string value, string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(value, name);
        return Check(value, name);
    }
}
