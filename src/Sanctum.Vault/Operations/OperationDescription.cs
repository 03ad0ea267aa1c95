namespace Sanctum.Operations;

/// <summary>What an operation is: all there is to say about it before it is called. Calls are read by it, and documents are checked against it.</summary>
public sealed record OperationDescription
{
    private readonly IReadOnlyList<OperationParameter> _parameters = [];

    /// <summary>Its name, which the audit log and decisions use.</summary>
    public required string Name { get; init; }

    /// <summary>Its other names.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>What it does, in one sentence.</summary>
    public required string Summary { get; init; }

    /// <summary>Whether its result tells the secret, so that a grant of <c>use</c> is not enough.</summary>
    public bool Discloses { get; init; }

    /// <summary>The actions that must be granted: <c>use</c>, and <c>retrieve</c> where it discloses the secret.</summary>
    public IReadOnlyList<string> Actions => Discloses ? ["use", "retrieve"] : ["use"];

    /// <summary>What a call gives, those it has to give first.</summary>
    public IReadOnlyList<OperationParameter> Parameters
    {
        get => _parameters;
        init
        {
            _parameters = value;
            Spellings = [.. value.SelectMany(parameter => new[] { parameter.Name, parameter.OtherName }.OfType<string>().Select(name => new ParameterSpelling(name, parameter)))];
        }
    }

    /// <summary>The members of its result. One that is there only sometimes ends in <c>?</c>.</summary>
    public required IReadOnlyList<string> Results { get; init; }

    /// <summary>The parameters under each of their names.</summary>
    internal ParameterSpelling[] Spellings { get; private init; } = [];
}

/// <summary>A parameter of an operation.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Summary">What it is, in a few words.</param>
public sealed record OperationParameter(string Name, string Summary)
{
    /// <summary>Its other name; null for none. A call uses one of them.</summary>
    public string? OtherName { get; init; }

    /// <summary>The parameter that this is another form of, so that a call gives one of them; null for none.</summary>
    public string? InsteadOf { get; init; }

    /// <summary>Whether a call has to give it.</summary>
    public bool IsRequired { get; init; }

    /// <summary>Its type.</summary>
    public ParameterType Type { get; init; }

    /// <summary>The only values there are; empty where any is taken.</summary>
    public IReadOnlyList<string> Values { get; init; } = [];

    /// <summary>What a number has to be above; null for no such limit.</summary>
    public double? Above { get; init; }

    /// <summary>The largest number; null for no such limit.</summary>
    public double? AtMost { get; init; }

    /// <summary>What a number counts, such as <c>seconds</c>; null for nothing.</summary>
    public string? Unit { get; init; }

    /// <summary>Its type, in words.</summary>
    public string TypeInWords => Type switch
    {
        ParameterType.Number => Unit is null ? "a number" : $"a number of {Unit}",
        ParameterType.Texts => "an object of strings",
        ParameterType.Members => "an object",
        _ => "a string",
    };
}

/// <summary>What a parameter can be in JSON.</summary>
public enum ParameterType
{
    /// <summary>A string.</summary>
    Text,

    /// <summary>A number.</summary>
    Number,

    /// <summary>An object whose values are strings.</summary>
    Texts,

    /// <summary>An object.</summary>
    Members,
}

/// <summary>A parameter under one of its names.</summary>
/// <param name="Name">The name.</param>
/// <param name="Parameter">The parameter.</param>
internal readonly record struct ParameterSpelling(string Name, OperationParameter Parameter);
