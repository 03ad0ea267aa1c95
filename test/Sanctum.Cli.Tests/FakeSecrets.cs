using System.IO.Hashing;
using System.Text;

namespace Sanctum.Cli.Tests;

/// <summary>Texts with the look of real secrets. They are put together here, so that no file of this repository has one in it.</summary>
internal static class FakeSecrets
{
    private const string Base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /// <summary>By kind, as <c>scan</c> names it.</summary>
    public static readonly IReadOnlyDictionary<string, string> All = new Dictionary<string, string>
    {
        ["Anthropic API key"] = "sk-ant-" + "api03-" + Random(93),
        ["OpenRouter API key"] = "sk-or-" + "v1-" + Hex(64),
        ["OpenAI API key"] = "sk-" + "proj-" + Random(74) + "T3Blbk" + "FJ" + Random(74),
        ["GitHub token"] = GitHub(),
        ["GitHub fine-grained token"] = "github_" + "pat_" + Random(22) + "_" + Random(59),
        ["GitLab token"] = "glpat" + "-" + Random(20),
        ["Slack token"] = "xoxb" + "-123456789012-123456789012-" + Random(24),
        ["Slack webhook"] = "https://hooks.slack" + ".com/services/T01ABCDEFGH/B01ABCDEFGH/" + Random(24),
        ["Stripe secret key"] = "sk_" + "live_" + Random(24),
        ["Stripe webhook secret"] = "wh" + "sec_" + Random(32),
        ["Google API key"] = "AI" + "za" + Random(35),
        ["npm token"] = "npm" + "_" + Random(36),
        ["PyPI token"] = "pypi-" + "AgEIcHlwaS5vcmc" + Random(120),
        ["Hugging Face token"] = "hf" + "_" + Random(34),
        ["SendGrid API key"] = "SG" + "." + Random(22) + "." + Random(43),
        ["DigitalOcean token"] = "dop_" + "v1_" + Hex(64),
        ["Groq API key"] = "gsk" + "_" + Random(52),
        ["Replicate token"] = "r8" + "_" + Random(37),
        ["xAI API key"] = "xai" + "-" + Random(80),
        ["Perplexity API key"] = "pplx" + "-" + Random(48),
        ["Notion token"] = "ntn" + "_" + Random(46),
        ["Linear API key"] = "lin_" + "api_" + Random(40),
        ["Airtable token"] = "pat" + Random(14) + "." + Hex(64),
        ["Telegram bot token"] = "1234567890:" + "AA" + Random(33),
        ["age secret key"] = "AGE-SECRET" + "-KEY-1" + string.Concat(Enumerable.Range(0, 58).Select(at => "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"[at * 7 % 32])),
        ["private key"] = "-----BEGIN RSA " + "PRIVATE KEY-----\n" + Random(64) + "\n" + Random(64),
        ["JSON Web Token"] = Url("""{"alg":"HS256","typ":"JWT"}""") + "." + Url("""{"sub":"1234567890","name":"nobody"}""") + "." + Random(43),
        ["password in a URL"] = "postgres" + "://app:" + Random(16) + "@db.internal:5432/app",
        ["AWS access key"] = "AKIA" + "Q7MNT2LZ5XRBWDGV\naws_secret_access_key = " + Random(40),
    };

    /// <summary>So many letters and digits, the same each time, in no order.</summary>
    public static string Random(int count) => string.Concat(Enumerable.Range(1, count).Select(at => Base62[(at * 37 + at * at * 11 + count) % 61]));

    private static string Hex(int count) => string.Concat(Enumerable.Range(1, count).Select(at => "0123456789abcdef"[(at * 7 + at * at * 3) % 16]));

    private static string Url(string text) => Convert.ToBase64String(Encoding.ASCII.GetBytes(text)).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    private static string GitHub()
    {
        var (random, sum, digits) = (Random(30), 0u, "");
        sum = Crc32.HashToUInt32(Encoding.ASCII.GetBytes(random));
        for (; digits.Length < 6; sum /= 62)
        {
            digits = Base62[(int)(sum % 62)] + digits;
        }

        return "ghp" + "_" + random + digits;
    }
}
