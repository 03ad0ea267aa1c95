using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Dotenv;
using Sanctum.Cli.Runs.Children;
using Sanctum.Credentials;

namespace Sanctum.Cli.Runs;

/// <summary>Which variables of a run's program stand for which credentials, and which are set to something else. Later ones win.</summary>
internal sealed class RunValues
{
    private readonly Dictionary<string, string> _plain = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _paths = new(StringComparer.Ordinal);

    /// <summary>The credentials' paths, each once.</summary>
    public IReadOnlyList<string> Paths => [.. _paths.Values.Distinct(StringComparer.Ordinal)];

    /// <summary>References that stand in the environment already.</summary>
    public void Add(RawEnvironment environment)
    {
        foreach (var name in environment.Names.ToList())
        {
            if (environment.Get(name) is { } value && Reference.Is(value))
            {
                Add(name, value, () => CliErrors.Usage($"{name} has an invalid reference", $"it is {Reference.Scheme} and a credential's path"));
            }
        }
    }

    /// <summary>The assignments of a file: references, and other values as they are.</summary>
    /// <returns>Lines that were left out, with the reason.</returns>
    public IReadOnlyList<string> Add(DotenvFile file)
    {
        var left = new List<string>();
        foreach (var entry in file.Entries)
        {
            if (entry is { Flaw: null, RefersToAnother: false, Name: { } name })
            {
                Add(name, entry.Value, () => CliErrors.Usage($"line {entry.Line} of --env-file has an invalid reference", $"it is {Reference.Scheme} and a credential's path"));
            }
            else
            {
                left.Add($"line {entry.Line} of --env-file was left out: {entry.Flaw ?? "it refers to another variable"}");
            }
        }

        return left;
    }

    /// <summary><c>NAME=PATH</c>, as it is typed.</summary>
    public void Add(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals < 1)
        {
            throw CliErrors.InvalidValue("--env", "a variable and a path: OPENAI_API_KEY=openai/api_key");
        }

        var value = text[(equals + 1)..];
        Add(text[..equals], Reference.Is(value) ? value : Reference.To(value), () => CliErrors.InvalidValue("--env", "a variable and a path: OPENAI_API_KEY=openai/api_key"));
    }

    /// <summary>A variable for a credential.</summary>
    public void Add(string name, CredentialPath path)
    {
        _plain.Remove(name);
        _paths[name] = path.Value;
    }

    /// <summary>What the variables are set to, with the placeholders of the run.</summary>
    /// <exception cref="CliException">The vault gave no placeholder for a path.</exception>
    public IReadOnlyDictionary<string, string> With(IReadOnlyDictionary<string, string> placeholders) => _plain.Concat(_paths.Select(it =>
        KeyValuePair.Create(it.Key, placeholders.GetValueOrDefault(it.Value) ?? throw CliErrors.NoPlaceholder(it.Value)))).ToDictionary(StringComparer.Ordinal);

    private void Add(string name, string value, Func<CliException> refuse)
    {
        if (Reference.TryParse(value, out var path))
        {
            _plain.Remove(name);
            _paths[name] = path;
        }
        else if (Reference.Is(value))
        {
            throw refuse();
        }
        else
        {
            _paths.Remove(name);
            _plain[name] = value;
        }
    }
}
