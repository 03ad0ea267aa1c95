using System.Text.Json.Nodes;

namespace Sanctum.EndToEnd.Tests.Harness;

/// <summary>How a command went.</summary>
internal sealed record CliResult(int ExitCode, string Output, string Errors)
{
    /// <summary>The one JSON document that <c>--json</c> puts on stdout.</summary>
    public JsonNode Json => JsonNode.Parse(Output) ?? throw new InvalidOperationException("there is no JSON on stdout");

    /// <summary>This, if the command was done.</summary>
    public CliResult Done()
    {
        Assert.True(ExitCode == 0, $"exit code {ExitCode}\n{Output}\n{Errors}");
        return this;
    }
}
