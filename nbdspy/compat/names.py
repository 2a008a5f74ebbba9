"""DSPy's documented import paths, and what stands for each name here: the one table behind `import dspy`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

PEER_VERSION: Final = "3.4.1"  # the release whose names these are


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Why a name of DSPy's is not here, and what to use."""

    why: str
    use: str

    def __str__(self) -> str:
        return f"is left out: {self.why}. Use {self.use}"


MODULES: Final[Mapping[str, str]] = {
    "dspy": """
        LM BaseLM Provider TrainingJob Embedder inspect_history track_usage configure_cache cache
        configure context settings
        Signature InputField OutputField ensure_signature SignatureMeta
        Type History Image Audio File Code Reasoning Tool ToolCalls ToolCallResults
        Adapter ChatAdapter JSONAdapter XMLAdapter TwoStepAdapter
        Module Predict ChainOfThought ReAct ReActV2 ProgramOfThought CodeAct MultiChainComparison BestOfN Refine
        Parallel RLM KNN majority Example Prediction Completions
        LabeledFewShot BootstrapFewShot BootstrapFewShotWithRandomSearch BootstrapRS BootstrapFewShotWithOptuna
        KNNFewShot Ensemble MIPROv2 COPRO SIMBA GEPA InferRules BetterTogether BootstrapFinetune bootstrap_trace_data
        Evaluate Retrieve Embeddings EmbeddingsWithScores ColBERTv2
        streamify asyncify syncify load
        PythonInterpreter CodeInterpreter CodeInterpreterError CodeExecutionError FinalOutput
        DSPyError AdapterParseError ContextWindowExceededError LMError LMTransportError LMConfigurationError
        LMNotConfiguredError LMProviderError LMAuthError LMBillingError LMRateLimitError LMServerError LMTimeoutError
        LMInvalidRequestError LMUnsupportedModelError LMUnsupportedFeatureError LMUnexpectedError is_retryable_lm_error
    """,
    "dspy.adapters": """
        Adapter ChatAdapter JSONAdapter XMLAdapter TwoStepAdapter
        Type History Image Audio File Code Reasoning Tool ToolCalls ToolCallResults
    """,
    "dspy.adapters.base": "Adapter",
    "dspy.adapters.baml_adapter": "BAMLAdapter",
    "dspy.adapters.chat_adapter": "ChatAdapter",
    "dspy.adapters.json_adapter": "JSONAdapter",
    "dspy.adapters.two_step_adapter": "TwoStepAdapter",
    "dspy.adapters.xml_adapter": "XMLAdapter",
    "dspy.adapters.types": "Type History Image Audio File Code Reasoning Tool ToolCalls ToolCallResults",
    "dspy.adapters.types.audio": "Audio",
    "dspy.adapters.types.base_type": "Type",
    "dspy.adapters.types.citation": "Citations",
    "dspy.adapters.types.code": "Code",
    "dspy.adapters.types.document": "Document",
    "dspy.adapters.types.file": "File",
    "dspy.adapters.types.history": "History",
    "dspy.adapters.types.image": "Image",
    "dspy.adapters.types.reasoning": "Reasoning",
    "dspy.adapters.types.tool": "Tool ToolCalls ToolCallResults",
    "dspy.clients": "LM BaseLM Provider TrainingJob Embedder configure_cache inspect_history",
    "dspy.clients.base_lm": "BaseLM inspect_history",
    "dspy.clients.cache": "",
    "dspy.clients.embedding": "Embedder",
    "dspy.clients.lm": "LM",
    "dspy.clients.provider": "Provider TrainingJob",
    "dspy.datasets": "DataLoader Dataset HotPotQA MATH",
    "dspy.datasets.dataloader": "DataLoader",
    "dspy.datasets.dataset": "Dataset",
    "dspy.datasets.gsm8k": "GSM8K gsm8k_metric",
    "dspy.datasets.hotpotqa": "HotPotQA",
    "dspy.datasets.math": "MATH",
    "dspy.dsp": "",
    "dspy.dsp.colbertv2": "ColBERTv2",
    "dspy.dsp.utils": "",
    "dspy.dsp.utils.settings": "settings",
    "dspy.evaluate": """
        Evaluate EvaluationResult EM SemanticF1 CompleteAndGrounded answer_exact_match answer_passage_match
        normalize_text
    """,
    "dspy.evaluate.auto_evaluation": "SemanticF1 CompleteAndGrounded",
    "dspy.evaluate.evaluate": "Evaluate EvaluationResult",
    "dspy.evaluate.metrics": "EM F1 HotPotF1 answer_exact_match answer_passage_match normalize_text",
    "dspy.experimental": "Citations Document",
    "dspy.predict": """
        Predict ChainOfThought ReAct ReActV2 ProgramOfThought CodeAct MultiChainComparison BestOfN Refine Parallel RLM
        KNN majority Tool
    """,
    "dspy.predict.aggregation": "majority",
    "dspy.predict.best_of_n": "BestOfN",
    "dspy.predict.chain_of_thought": "ChainOfThought",
    "dspy.predict.code_act": "CodeAct",
    "dspy.predict.knn": "KNN",
    "dspy.predict.multi_chain_comparison": "MultiChainComparison",
    "dspy.predict.parallel": "Parallel",
    "dspy.predict.predict": "Predict",
    "dspy.predict.program_of_thought": "ProgramOfThought",
    "dspy.predict.react": "ReAct",
    "dspy.predict.react_v2": "ReActV2",
    "dspy.predict.refine": "Refine",
    "dspy.predict.rlm": "RLM",
    "dspy.primitives": """
        Module Example Prediction Completions PythonInterpreter CodeInterpreter CodeInterpreterError
        CodeExecutionError FinalOutput
    """,
    "dspy.primitives.code_interpreter": "CodeInterpreter CodeInterpreterError CodeExecutionError FinalOutput",
    "dspy.primitives.example": "Example",
    "dspy.primitives.module": "Module",
    "dspy.primitives.prediction": "Prediction Completions",
    "dspy.primitives.python_interpreter": "PythonInterpreter",
    "dspy.propose": "GroundedProposer",
    "dspy.propose.grounded_proposer": "GroundedProposer",
    "dspy.retrievers": "Retrieve Embeddings EmbeddingsWithScores",
    "dspy.retrievers.embeddings": "Embeddings EmbeddingsWithScores",
    "dspy.retrievers.retrieve": "Retrieve",
    "dspy.signatures": "Signature InputField OutputField ensure_signature SignatureMeta",
    "dspy.signatures.field": "InputField OutputField",
    "dspy.signatures.signature": "Signature ensure_signature SignatureMeta",
    "dspy.streaming": """
        streamify streaming_response apply_sync_streaming StreamListener StreamResponse StatusMessage
        StatusMessageProvider
    """,
    "dspy.streaming.messages": "StreamResponse StatusMessage StatusMessageProvider",
    "dspy.streaming.streamify": "streamify streaming_response apply_sync_streaming",
    "dspy.streaming.streaming_listener": "StreamListener",
    "dspy.teleprompt": """
        LabeledFewShot BootstrapFewShot BootstrapFewShotWithRandomSearch BootstrapFewShotWithOptuna KNNFewShot Ensemble
        MIPROv2 COPRO SIMBA GEPA InferRules BetterTogether BootstrapFinetune Teleprompter bootstrap_trace_data
    """,
    "dspy.teleprompt.bettertogether": "BetterTogether",
    "dspy.teleprompt.bootstrap": "BootstrapFewShot",
    "dspy.teleprompt.bootstrap_finetune": "BootstrapFinetune",
    "dspy.teleprompt.bootstrap_trace": "bootstrap_trace_data",
    "dspy.teleprompt.copro_optimizer": "COPRO",
    "dspy.teleprompt.ensemble": "Ensemble",
    "dspy.teleprompt.gepa": "GEPA",
    "dspy.teleprompt.gepa.gepa": "GEPA",
    "dspy.teleprompt.infer_rules": "InferRules",
    "dspy.teleprompt.knn_fewshot": "KNNFewShot",
    "dspy.teleprompt.mipro_optimizer_v2": "MIPROv2",
    "dspy.teleprompt.random_search": "BootstrapFewShotWithRandomSearch",
    "dspy.teleprompt.simba": "SIMBA",
    "dspy.teleprompt.teleprompt": "Teleprompter",
    "dspy.teleprompt.teleprompt_optuna": "BootstrapFewShotWithOptuna",
    "dspy.teleprompt.vanilla": "LabeledFewShot",
    "dspy.utils": "BaseCallback DummyLM DummyVectorizer StatusMessage StatusMessageProvider asyncify syncify",
    "dspy.utils.asyncify": "asyncify",
    "dspy.utils.callback": "BaseCallback ACTIVE_CALL_ID",
    "dspy.utils.dummies": "DummyLM DummyVectorizer",
    "dspy.utils.exceptions": """
        DSPyError AdapterParseError ContextWindowExceededError LMError LMTransportError LMConfigurationError
        LMNotConfiguredError LMProviderError LMAuthError LMBillingError LMRateLimitError LMServerError LMTimeoutError
        LMInvalidRequestError LMUnsupportedModelError LMUnsupportedFeatureError LMUnexpectedError is_retryable_lm_error
    """,
    "dspy.utils.saving": "load",
    "dspy.utils.syncify": "syncify",
    "dspy.utils.usage_tracker": "UsageTracker track_usage",
}
"""Every module that can be imported, with the names in it."""

HOMES: Final[Mapping[str, str]] = {
    "ACTIVE_CALL_ID": "nbdspy.observe",
    "AdapterParseError": "nbdspy.errors:ParseError",
    "Citations": "nbdspy.types",
    "CodeExecutionError": "nbdspy.errors",
    "CodeInterpreter": "nbdspy.sandbox",
    "CodeInterpreterError": "nbdspy.errors:SandboxError",
    "CompleteAndGrounded": "nbdspy.evaluation",
    "ContextWindowExceededError": "nbdspy.errors:ContextTooLong",
    "DSPyError": "nbdspy.errors:NbdspyError",
    "DataLoader": "nbdspy.datasets",
    "Dataset": "nbdspy.datasets",
    "Document": "nbdspy.types",
    "DummyLM": "nbdspy.testing",
    "DummyVectorizer": "nbdspy.testing",
    "EM": "nbdspy.evaluation",
    "F1": "nbdspy.evaluation",
    "FinalOutput": "nbdspy.sandbox",
    "GSM8K": "nbdspy.datasets",
    "GroundedProposer": "nbdspy.optimizers",
    "HotPotF1": "nbdspy.evaluation",
    "HotPotQA": "nbdspy.datasets",
    "LMAuthError": "nbdspy.errors:KeyRefused",
    "LMBillingError": "nbdspy.errors:NothingLeft",
    "LMConfigurationError": "nbdspy.errors:NotConfigured",
    "LMError": "nbdspy.errors",
    "LMInvalidRequestError": "nbdspy.errors:RequestRefused",
    "LMNotConfiguredError": "nbdspy.errors:NotConfigured",
    "LMProviderError": "nbdspy.errors:ProviderError",
    "LMRateLimitError": "nbdspy.errors:RateLimited",
    "LMServerError": "nbdspy.errors:ServerFailed",
    "LMTimeoutError": "nbdspy.errors:TimedOut",
    "LMTransportError": "nbdspy.errors:Unreachable",
    "LMUnexpectedError": "nbdspy.compat.errors",
    "LMUnsupportedFeatureError": "nbdspy.compat.errors",
    "LMUnsupportedModelError": "nbdspy.errors:NoSuchModel",
    "MATH": "nbdspy.datasets",
    "SemanticF1": "nbdspy.evaluation",
    "SignatureMeta": "nbdspy.signatures:SignatureType",
    "StatusMessage": "nbdspy.streaming",
    "StatusMessageProvider": "nbdspy.streaming",
    "StreamListener": "nbdspy.streaming",
    "StreamResponse": "nbdspy.streaming",
    "Teleprompter": "nbdspy.optimizers:Optimizer",
    "UsageTracker": "nbdspy.models",
    "answer_passage_match": "nbdspy.evaluation",
    "apply_sync_streaming": "nbdspy.streaming",
    "ensure_signature": "nbdspy.signatures",
    "gsm8k_metric": "nbdspy.datasets",
    "is_retryable_lm_error": "nbdspy.compat.errors",
    "normalize_text": "nbdspy.evaluation",
    "streaming_response": "nbdspy.streaming",
}
"""Where a name is at home, `room` or `room:its name there`, unless it is one of `nbdspy` itself."""

_LATER: Final[Mapping[str, str]] = {
    "optimizers that write rules and reflect": "SIMBA GEPA InferRules",
    "training of weights": "Provider TrainingJob BootstrapFinetune BetterTogether",
    "the traces that both of these are made from": "bootstrap_trace_data",
    "a stand-in for Embedder in tests of what is sought by vectors": "DummyVectorizer",
}
"""The names that come with a piece of work, by that."""

LATER: Final[frozenset[str]] = frozenset(name for names in _LATER.values() for name in names.split())
"""What is not there yet. A name goes when it has arrived; a test says which."""

_OLD_FIELD = LeftOut("it declared fields before DSPy 2.5", "InputField and OutputField")
_PREFIX = LeftOut("a prefix shows in no prompt", "the field's desc")
_AVATAR = LeftOut("it is not maintained there either", "ReAct")
_SERVICE = LeftOut("it is for one service that writes no text", "an output field of type Literal or float")
_LOGGING = LeftOut("switches of one logger", 'logging.getLogger("nbdspy"), or "LiteLLM", with its setLevel')
_ASSERTION = LeftOut("DSPy has taken its assertions back", "BestOfN or Refine with a reward")
_TYPED = LeftOut("every predictor reads typed fields now", "Predict or ChainOfThought")
_CLIENT = LeftOut("one class reaches every provider now", 'LM("provider/model")')
_RETRIEVER = LeftOut("a client of one service", "a function of yours that returns passages, as a tool or in forward")
_UNBATCHIFY = LeftOut("a thread that waits for calls to gather", "a list of texts, which Embedder sends in batches")
_FIELDS = LeftOut("a helper of its own code", "signature.input_fields and signature.output_fields")

LEFT_OUT: Final[Mapping[str, LeftOut]] = {
    "OldField": _OLD_FIELD,
    "OldInputField": _OLD_FIELD,
    "OldOutputField": _OLD_FIELD,
    "infer_prefix": _PREFIX,
    "get_dspy_field_type": _FIELDS,
    "make_signature": LeftOut("a second way to the same thing", 'Signature("question -> answer", "instructions")'),
    "BaseModule": LeftOut("a layer of its own code", "Module"),
    "Parameter": LeftOut("predictors are all that is learned", "Predict"),
    "ProgramMeta": LeftOut("a module needs no super().__init__() here, by plain classes", "Module"),
    "Avatar": _AVATAR,
    "AvatarOptimizer": _AVATAR,
    "avatar": _AVATAR,
    "avatar_optimizer": _AVATAR,
    "SignatureOptimizer": LeftOut("the former name of COPRO", "COPRO"),
    "signature_opt": LeftOut("the former name of COPRO", "COPRO"),
    "GRPO": LeftOut("it needs a training server of its own", "BootstrapFinetune"),
    "grpo": LeftOut("it needs a training server of its own", "BootstrapFinetune"),
    "Flex": LeftOut("a program whose source an optimizer rewrites", "a module of your own"),
    "flex": LeftOut("a program whose source an optimizer rewrites", "a module of your own"),
    "Choice": _SERVICE,
    "Score": _SERVICE,
    "Noul": _SERVICE,
    "TypeSafe": _SERVICE,
    "ReAnchor": _SERVICE,
    "LocalInterpreter": LeftOut("it runs model-written code without a sandbox", "PythonInterpreter"),
    "local_interpreter": LeftOut("it runs model-written code without a sandbox", "PythonInterpreter"),
    "SandboxSerializable": LeftOut("values cross to a sandbox as JSON", 'lists of dicts, as frame.to_dict("records")'),
    "sandbox_serializable": LeftOut("values cross to a sandbox as JSON", 'lists of dicts, as frame.to_dict("records")'),
    "resolve_interpreter_factory": LeftOut("a helper of its own code", "settings.interpreter_factory"),
    "WeaviateRM": _RETRIEVER,
    "weaviate_rm": _RETRIEVER,
    "DatabricksRM": _RETRIEVER,
    "databricks_rm": _RETRIEVER,
    "AlfWorld": LeftOut("it plays a game that must be installed", "a list of Example"),
    "alfworld": LeftOut("it plays a game that must be installed", "a list of Example"),
    "Colors": LeftOut("a toy of a few words", "a list of Example"),
    "colors": LeftOut("a toy of a few words", "a list of Example"),
    "lm15": LeftOut("the HTTP client inside of DSPy", "LM"),
    "Cache": LeftOut("there is one cache", "configure_cache, and nbdspy.cache"),
    "enable_litellm_logging": _LOGGING,
    "disable_litellm_logging": _LOGGING,
    "configure_litellm_logging": _LOGGING,
    "enable_logging": _LOGGING,
    "disable_logging": _LOGGING,
    "configure_dspy_loggers": _LOGGING,
    "load_settings": LeftOut("it reads a pickle", "configure(...) in the first cell"),
    "GLOBAL_HISTORY": LeftOut("a list inside of its own code", "inspect_history"),
    "with_callbacks": LeftOut("a decorator of its own code", "BaseCallback"),
    "LMCollectionLimitError": LeftOut("nothing raises it here", "LMError"),
    "LMLockTimeoutError": LeftOut("nothing raises it here", "LMError"),
    "LMStreamAssemblyError": LeftOut("nothing raises it here", "LMError"),
    "ParallelExecutor": LeftOut("the machinery below Parallel", "Parallel"),
    "Unbatchify": _UNBATCHIFY,
    "unbatchify": _UNBATCHIFY,
    "threading": LeftOut("a module of Python that DSPy lets through", "import threading"),
    "dotdict": LeftOut("a helper of its own code", "Example"),
    "deduplicate": LeftOut("a helper of its own code", "list(dict.fromkeys(items))"),
    "retry": _ASSERTION,
    "Retry": _ASSERTION,
    "Assert": _ASSERTION,
    "Suggest": _ASSERTION,
    "assertions": _ASSERTION,
    "backtrack_handler": _ASSERTION,
    "assert_transform_module": _ASSERTION,
    "TypedPredictor": _TYPED,
    "TypedChainOfThought": _TYPED,
    "functional": _TYPED,
    "OpenAI": _CLIENT,
    "AzureOpenAI": _CLIENT,
    "Anthropic": _CLIENT,
    "Claude": _CLIENT,
    "Google": _CLIENT,
    "Cohere": _CLIENT,
    "OllamaLocal": _CLIENT,
    "HFModel": _CLIENT,
    "HFClientTGI": _CLIENT,
    "HFClientVLLM": _CLIENT,
}
"""What is left out on purpose, of this DSPy and of older ones that tutorials still show."""


def names_of(path: str) -> tuple[str, ...]:
    """The documented names of a module, or none for a module that is not in the table."""
    return tuple(MODULES.get(path, "").split())


def home_of(name: str) -> tuple[str, str]:
    """The module that holds what stands for a name, and what it is called there."""
    room, _, called = HOMES.get(name, "nbdspy").partition(":")
    return room, called or name
