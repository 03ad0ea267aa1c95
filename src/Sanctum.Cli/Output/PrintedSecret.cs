using System.Text;
using System.Text.Unicode;
using Sanctum.Cli.CommandLine;

namespace Sanctum.Cli.Output;

/// <summary>A secret as a result: its exact bytes, and a newline after them on a terminal.</summary>
internal static class PrintedSecret
{
    public static void Show(Run run, string path, ReadOnlyMemory<byte> secret) =>
        run.Terminal.Result(Document(run.Terminal.Json, path, secret.Span), json => json.SecretDocument, () => Print(run, secret.Span));

    private static void Print(Run run, ReadOnlySpan<byte> secret)
    {
        run.Terminal.Bytes(secret);
        if (!Console.IsOutputRedirected)
        {
            run.Terminal.Bytes("\n"u8);
        }
    }

    private static SecretDocument Document(bool wanted, string path, ReadOnlySpan<byte> secret) =>
        !wanted ? new(path, null, null) // Not even made when nobody asked: a string can't be zeroed.
        : Utf8.IsValid(secret) ? new(path, Encoding.UTF8.GetString(secret), null)
        : new(path, null, Convert.ToBase64String(secret));
}
