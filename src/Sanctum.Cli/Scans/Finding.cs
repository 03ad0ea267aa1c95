namespace Sanctum.Cli.Scans;

/// <summary>A secret in a text. Of the secret itself there are only four characters.</summary>
/// <param name="Line">The line where it begins, from 1.</param>
/// <param name="Kind">The kind, in words.</param>
/// <param name="Begins">Its first four characters.</param>
internal sealed record Finding(int Line, string Kind, string Begins)
{
    private const int Shown = 4;

    public static Finding Of(int line, string kind, string secret) => new(line, kind, secret[..Math.Min(Shown, secret.Length)]);
}
