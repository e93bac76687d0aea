namespace HomeBridge.Traits;

/// <summary>In which way something doesn't fit the catalogue.</summary>
internal enum Fault
{
    Missing,
    WrongType,

    /// <summary>Right types, but not together: too many, too few, twice, or members that exclude each other.</summary>
    WrongForm,
    OutOfRange,

    /// <summary>Not a word of the trait's vocabulary.</summary>
    UnknownValue,

    /// <summary>A word that this device doesn't offer.</summary>
    NotOffered,

    /// <summary>Something that this device doesn't declare that it can do, has, or is.</summary>
    NotDeclared,
    UnknownType,
    UnknownTrait,
    DeprecatedTrait,
    NoTraits,
    TypeNeedsTrait,
}

/// <summary>What is wrong, where, and the platform's code for it when a command asked for it.</summary>
internal sealed record Violation(string Member, Fault Fault, string Code)
{
    public const string ProtocolError = "protocolError";
    public const string ValueOutOfRange = "valueOutOfRange";
    public const string NotSupported = "notSupported";
    public const string FunctionNotSupported = "functionNotSupported";

    public Violation Under(string parent) => this with
    {
        Member = Member.Length == 0 ? parent : Member.StartsWith('[') ? parent + Member : $"{parent}.{Member}",
    };
}
