using System.Security.Cryptography;
using System.Text;

namespace Sanctum.EndToEnd.Tests.Secrecy;

/// <summary>
/// A secret that can be recognised wherever it turns up and in whatever form: as it is, in hex, in base64 wherever it begins in
/// the encoded text, as .NET keeps text in memory, and (its letters and digits being escaped by nobody) in JSON or a URL.
/// </summary>
internal sealed class Canary
{
    private const int Around = 64;

    private readonly List<(string Form, byte[] Bytes)> _forms = [];

    private Canary(string name, string text, byte[] sought)
    {
        (Name, Text) = (name, text);
        AddText("raw", Encoding.Latin1.GetString(sought));
        AddText("hex", Convert.ToHexStringLower(sought));
        AddText("upper-case hex", Convert.ToHexString(sought));
        for (var before = 0; before < 3; before++)
        {
            // The digits that depend on the neighbours are left out.
            var padded = Convert.ToBase64String([.. new byte[before], .. sought]);
            var inner = padded[(before == 0 ? 0 : before + 1)..((before + sought.Length) / 3 * 4)];
            AddText($"base64 from {before}", inner);
            AddText($"base64url from {before}", inner.Replace('+', '-').Replace('/', '_'));
        }
    }

    public string Name { get; }

    /// <summary>The secret itself, as a user would type it.</summary>
    public string Text { get; }

    /// <summary>A secret with a part that no other has, among characters that JSON, shells and URLs escape.</summary>
    public static Canary Make(string name)
    {
        var core = RandomNumberGenerator.GetString("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", 24);
        return new Canary(name, $"\"/+é {core} é\\'%", Encoding.ASCII.GetBytes(core));
    }

    /// <summary>Bytes that are known already, such as a key's.</summary>
    public static Canary Of(string name, byte[] bytes) => new(name, "", bytes);

    /// <summary>In which forms it is in there, and next to what: that tells whose copy it is.</summary>
    public IEnumerable<string> In(ReadOnlySpan<byte> place)
    {
        var found = new List<string>();
        foreach (var (form, bytes) in _forms)
        {
            if (place.IndexOf(bytes) is >= 0 and var at)
            {
                found.Add($"{Name}, {form}, in '{Printable(place[Math.Max(0, at - Around)..Math.Min(place.Length, at + bytes.Length + Around)])}'");
            }
        }

        return found;
    }

    public IEnumerable<string> In(string place) => In(Encoding.UTF8.GetBytes(place));

    public override string ToString() => Name;

    private static string Printable(ReadOnlySpan<byte> bytes) =>
        string.Concat(bytes.ToArray().Select(it => it is >= 0x20 and < 0x7F ? (char)it : '.'));

    private void AddText(string form, string text)
    {
        _forms.Add((form, Encoding.Latin1.GetBytes(text)));
        _forms.Add(($"{form} as a string of .NET", Encoding.Unicode.GetBytes(text)));
    }
}
