using System.CommandLine;

namespace Sanctum.Cli.Commands;

/// <summary>The argument that names a credential.</summary>
internal static class Paths
{
    public static Argument<string> Argument() => new("PATH") { Description = "The credential's path, such as openai/api_key" };
}
