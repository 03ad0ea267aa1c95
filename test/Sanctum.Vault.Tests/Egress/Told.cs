using System.Text;
using Sanctum.Operations;
using Sanctum.Upstream;

namespace Sanctum.Tests.Egress;

/// <summary>Whether what an agent sees tells the secret, in a form that anybody can undo.</summary>
internal static class Told
{
    public static void Nothing(HttpRequestResult result, string secret = Outside.Secret)
    {
        Nothing(Encoding.Latin1.GetString(result.Body.Span), secret);
        foreach (var (name, value) in result.Headers.Concat(result.Trailers))
        {
            Nothing(name, secret);
            Nothing(value, secret);
        }

        Nothing(Outside.WhatIsSeen(result), secret);
    }

    public static void Nothing(string text, string secret = Outside.Secret)
    {
        // In lines, base64 is still itself.
        var joined = text.ReplaceLineEndings("");
        foreach (var form in Forms(secret))
        {
            Assert.DoesNotContain(form, text, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(form, joined, StringComparison.OrdinalIgnoreCase);
        }
    }

    private static IEnumerable<string> Forms(string secret)
    {
        var bytes = Encoding.UTF8.GetBytes(secret);
        foreach (var name in EchoForms.Names.Where(name => !name.StartsWith("base64", StringComparison.Ordinal)))
        {
            yield return Encoding.Latin1.GetString(EchoForms.Write(name, bytes)).Trim('"');
        }

        // What of the base64 is the secret's alone, in each of its alignments and both alphabets.
        for (var offset = 0; offset < 3; offset++)
        {
            var base64 = Convert.ToBase64String([.. new byte[offset], .. bytes]);
            var own = base64[((8 * offset + 5) / 6)..(8 * (offset + bytes.Length) / 6)];
            yield return own;
            yield return own.Replace('+', '-').Replace('/', '_');
        }
    }
}
