using System.Text.RegularExpressions;

namespace Sanctum.Cli.Secrets;

/// <summary>The kinds of secrets that are known by their look. Each pattern's length is bounded, so that it can be looked for in parts of a file.</summary>
internal static partial class SecretShapes
{
    // No match is longer, nor is what a check looks at around it.
    public const int Longest = 4096;

    /// <summary>More specific ones first.</summary>
    public static readonly IReadOnlyList<SecretShape> All =
    [
        new("Anthropic API key", Anthropic, "anthropic"),
        new("OpenRouter API key", OpenRouter, "openrouter"),
        new("OpenAI API key", OpenAi, "openai"),
        new("GitHub token", GitHub, "github") { Confirms = (_, match) => Checksum.IsGitHubs(match.Value) },
        new("GitHub fine-grained token", GitHubFine, "github"),
        new("GitLab token", GitLab, "gitlab"),
        new("AWS access key", Aws) { Confirms = NearbySecret.IsAws },
        new("Slack token", Slack, "slack"),
        new("Slack webhook", SlackWebhook),
        new("Stripe secret key", Stripe, "stripe"),
        new("Stripe webhook secret", StripeWebhook),
        new("Google API key", Google, "gemini"),
        new("npm token", Npm),
        new("PyPI token", PyPi),
        new("Hugging Face token", HuggingFace, "huggingface"),
        new("SendGrid API key", SendGrid, "sendgrid"),
        new("DigitalOcean token", DigitalOcean, "digitalocean"),
        new("Groq API key", Groq, "groq"),
        new("Replicate token", Replicate, "replicate"),
        new("xAI API key", XAi, "xai"),
        new("Perplexity API key", Perplexity, "perplexity"),
        new("Notion token", Notion, "notion"),
        new("Linear API key", Linear, "linear"),
        new("Airtable token", Airtable, "airtable"),
        new("Telegram bot token", Telegram, "telegram"),
        new("age secret key", Age),
        new("private key", PrivateKey) { Confirms = NearbySecret.IsPrivateKey },
        new("JSON Web Token", Jwt) { Confirms = (_, match) => Checksum.IsJwt(match.Value) },
        new("password in a URL", UrlPassword) { Confirms = (_, match) => Randomness.IsNoPlaceholder(match.Groups["secret"].Value) },
    ];

    /// <summary>The shape of a value, all of which is one secret.</summary>
    public static SecretShape? Of(string value) =>
        All.FirstOrDefault(shape => shape.Pattern.Match(value) is { Success: true, Index: 0 } match && match.Length == value.Length && shape.Confirms(value, match));

    [GeneratedRegex(@"(?<![A-Za-z0-9_-])sk-ant-[a-z]{3,8}\d{2}-[A-Za-z0-9_-]{40,200}(?![A-Za-z0-9_-])")]
    private static partial Regex Anthropic { get; }

    [GeneratedRegex(@"(?<![A-Za-z0-9_-])sk-or-v1-[0-9a-f]{64}(?![A-Za-z0-9_-])")]
    private static partial Regex OpenRouter { get; }

    // The letters in the middle are 'OpenAI' in base64, which all but the newest kinds have.
    [GeneratedRegex(@"(?<![A-Za-z0-9_-])sk-(?:(?:proj|svcacct|admin)-[A-Za-z0-9_-]{40,200}|(?:None-)?[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20})(?![A-Za-z0-9_-])")]
    private static partial Regex OpenAi { get; }

    [GeneratedRegex(@"(?<![A-Za-z0-9_])gh[pousr]_[A-Za-z0-9]{36}(?![A-Za-z0-9_])")]
    private static partial Regex GitHub { get; }

    [GeneratedRegex(@"(?<![A-Za-z0-9_])github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}(?![A-Za-z0-9_])")]
    private static partial Regex GitHubFine { get; }

    [GeneratedRegex(@"(?<![A-Za-z0-9_-])gl(?:pat|dt|rt|ptt|cbt|ft|soat)-[A-Za-z0-9_.-]{20,64}(?![A-Za-z0-9_-])")]
    private static partial Regex GitLab { get; }

    [GeneratedRegex(@"(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z2-7]{16}(?![A-Za-z0-9])")]
    private static partial Regex Aws { get; }

    [GeneratedRegex(@"(?<![A-Za-z0-9_-])(?:xox[abeoprs]-(?:\d-)?[A-Za-z0-9-]{20,200}|xapp-\d-[A-Z0-9]{8,16}-\d{8,16}-[0-9a-f]{64})(?![A-Za-z0-9_-])")]
    private static partial Regex Slack { get; }

    [GeneratedRegex(@"https://hooks\.slack\.com/services/T[A-Z0-9]{6,16}/B[A-Z0-9]{6,16}/[A-Za-z0-9]{20,32}")]
    private static partial Regex SlackWebhook { get; }

    [GeneratedRegex(@"(?<![A-Za-z0-9_])[sr]k_(?:live|test)_[A-Za-z0-9]{16,247}(?![A-Za-z0-9_])")]
    private static partial Regex Stripe { get; }

    [GeneratedRegex(@"(?<![A-Za-z0-9_])whsec_[A-Za-z0-9+/=]{24,100}(?![A-Za-z0-9_])")]
    private static partial Regex StripeWebhook { get; }

    [GeneratedRegex(@"(?<![A-Za-z0-9_-])AIza[0-9A-Za-z_-]{35}(?![0-9A-Za-z_-])")]
    private static partial Regex Google { get; }

    [GeneratedRegex(@"(?<![A-Za-z0-9_])npm_[A-Za-z0-9]{36}(?![A-Za-z0-9_])")]
    private static partial Regex Npm { get; }

    // The letters are 'pypi.org' in base64, at the beginning of a macaroon.
    [GeneratedRegex(@"(?<![A-Za-z0-9_-])pypi-AgE[A-Za-z0-9_-]{50,1000}(?![A-Za-z0-9_-])")]
    private static partial Regex PyPi { get; }

    [GeneratedRegex(@"(?<![A-Za-z0-9_])hf_[A-Za-z0-9]{34,40}(?![A-Za-z0-9_])")]
    private static partial Regex HuggingFace { get; }

    [GeneratedRegex(@"(?<![A-Za-z0-9_-])SG\.[A-Za-z0-9_-]{20,24}\.[A-Za-z0-9_-]{39,50}(?![A-Za-z0-9_-])")]
    private static partial Regex SendGrid { get; }

    [GeneratedRegex(@"(?<![A-Za-z0-9_])do[opr]_v1_[0-9a-f]{64}(?![A-Za-z0-9_])")]
    private static partial Regex DigitalOcean { get; }

    [GeneratedRegex(@"(?<![A-Za-z0-9_])gsk_[A-Za-z0-9]{52}(?![A-Za-z0-9_])")]
    private static partial Regex Groq { get; }

    [GeneratedRegex(@"(?<![A-Za-z0-9_])r8_[A-Za-z0-9]{37}(?![A-Za-z0-9_])")]
    private static partial Regex Replicate { get; }

    [GeneratedRegex(@"(?<![A-Za-z0-9_-])xai-[A-Za-z0-9]{80}(?![A-Za-z0-9_-])")]
    private static partial Regex XAi { get; }

    [GeneratedRegex(@"(?<![A-Za-z0-9_-])pplx-[A-Za-z0-9]{48}(?![A-Za-z0-9_-])")]
    private static partial Regex Perplexity { get; }

    [GeneratedRegex(@"(?<![A-Za-z0-9_])(?:ntn_[A-Za-z0-9]{46}|secret_[A-Za-z0-9]{43})(?![A-Za-z0-9_])")]
    private static partial Regex Notion { get; }

    [GeneratedRegex(@"(?<![A-Za-z0-9_])lin_api_[A-Za-z0-9]{40}(?![A-Za-z0-9_])")]
    private static partial Regex Linear { get; }

    [GeneratedRegex(@"(?<![A-Za-z0-9_])pat[A-Za-z0-9]{14}\.[0-9a-f]{64}(?![A-Za-z0-9_])")]
    private static partial Regex Airtable { get; }

    [GeneratedRegex(@"(?<![A-Za-z0-9_:-])\d{8,10}:AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])")]
    private static partial Regex Telegram { get; }

    [GeneratedRegex(@"AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}")]
    private static partial Regex Age { get; }

    [GeneratedRegex(@"-----BEGIN (?:[A-Z0-9]{2,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----")]
    private static partial Regex PrivateKey { get; }

    [GeneratedRegex(@"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{10,1000}\.eyJ[A-Za-z0-9_-]{10,2000}\.[A-Za-z0-9_-]{20,700}(?![A-Za-z0-9_-])")]
    private static partial Regex Jwt { get; }

    [GeneratedRegex(@"(?<![A-Za-z0-9])[a-z][a-z0-9+.-]{1,20}://[^\s:/@""'`<>]{0,64}:(?<secret>[^\s/@""'`<>]{8,128})@[A-Za-z0-9\[]")]
    private static partial Regex UrlPassword { get; }
}
